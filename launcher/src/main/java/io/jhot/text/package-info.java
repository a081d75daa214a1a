/**
 * How text is written for those who read it: people at a terminal, and programs that read JSON.
 *
 * <p>Invariant: nothing that leaves this package can act on a terminal or end a JSON string early,
 * whatever the text is and whoever wrote it.
 */
@NullMarked
package io.jhot.text;

import org.jspecify.annotations.NullMarked;
