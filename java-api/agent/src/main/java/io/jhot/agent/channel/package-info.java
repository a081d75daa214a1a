/**
 * The app's end of the control channel: messages and descriptors to and from jhot.
 *
 * <p>Invariant: no thread of the app waits for jhot without a deadline, and a jhot that is gone or
 * silent is never an exception in the app.
 */
@NullMarked
package io.jhot.agent.channel;

import org.jspecify.annotations.NullMarked;
