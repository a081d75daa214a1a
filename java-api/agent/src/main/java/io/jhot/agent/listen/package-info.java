/**
 * The app's listeners and which socket lies under each.
 *
 * <p>Invariant: one lock guards the table of listeners, and it is never held while waiting for jhot
 * or for the app. A descriptor is in the table exactly while its number cannot mean anything else:
 * it enters before bind returns and leaves before close goes on.
 */
@NullMarked
package io.jhot.agent.listen;

import org.jspecify.annotations.NullMarked;
