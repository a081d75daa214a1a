/**
 * What jhot decides, without doing any of it.
 *
 * <p>{@link Transitions#step} takes a {@link Fleet} and an {@link Event} and gives the next fleet
 * and the {@link Effect}s that bring it about. The event loop turns what it sees into events, in
 * the order in which it sees it, and performs the effects, in the order in which they stand.
 *
 * <p>The package's invariant: nothing here looks at a clock, calls the system, blocks, or throws
 * for an event that comes late, twice or about a generation that nobody knows. Time is a number in
 * each event; a timeout is the event {@link Event.TimePassed}, or any other that comes after a
 * deadline. Values are immutable; the types may be used from any thread.
 *
 * <p>All of it runs in the interpreter while jhot starts, hence no streams, no {@code
 * String.format}, and no {@code switch} over the type of an event: each such switch costs about 2
 * ms to link, and the AOT cache does not hold it.
 */
@NullMarked
package io.jhot.supervisor;

import org.jspecify.annotations.NullMarked;
