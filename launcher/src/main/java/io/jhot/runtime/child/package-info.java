/**
 * The processes of generations: how one is launched, what it is lent, and what jhot and its agents
 * say to each other.
 *
 * <p>Invariant: {@link io.jhot.runtime.child.Child} is all that jhot holds of one generation, and
 * is of the loop's thread. Only {@link io.jhot.runtime.child.OutputRelay} has threads of its own;
 * they share a ring of lines with the loop and nothing else.
 */
@NullMarked
package io.jhot.runtime.child;

import org.jspecify.annotations.NullMarked;
