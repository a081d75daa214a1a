/**
 * What is done with a generation that the loop cannot wait for: probes, warm-ups and thread dumps.
 *
 * <p>Invariant: {@link io.jhot.runtime.trial.Errands} is of the loop's thread. The helper threads
 * below it get copies of what they need, and leave their outcome in a {@link
 * io.jhot.runtime.trial.Mailbox}, which wakes the loop.
 */
@NullMarked
package io.jhot.runtime.trial;

import org.jspecify.annotations.NullMarked;
