/**
 * How a running jhot is found and asked: the name that it holds, the socket under that name, and
 * the requests and replies on it, for both ends.
 *
 * <p>Invariant: knows nothing of the loop. What {@link io.jhot.runtime.control.ControlServer} hears
 * goes to its {@link io.jhot.runtime.control.ControlServer.Clients}; no client can make it wait,
 * and each costs a bounded amount.
 */
@NullMarked
package io.jhot.runtime.control;

import org.jspecify.annotations.NullMarked;
