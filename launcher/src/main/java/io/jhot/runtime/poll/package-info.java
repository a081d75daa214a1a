/**
 * Sleeps until a descriptor is ready, and calls what was registered for it.
 *
 * <p>Invariant: {@link io.jhot.runtime.poll.Reactor} is of the loop's thread; a handler never runs
 * after its descriptor was removed, not even in the round in which both were ready.
 */
@NullMarked
package io.jhot.runtime.poll;

import org.jspecify.annotations.NullMarked;
