/**
 * The command line: input becomes checked records, and the outcome becomes an exit code.
 *
 * <p>Invariant: whatever does not succeed writes one clear line to stderr, and every end has one
 * exit code: the app's own, 128+n when it died of a signal, 125 when jhot failed, 126 when the
 * program is not executable, 127 when it is not found, 2 when jhot was called wrongly.
 */
@NullMarked
package io.jhot.cli;

import org.jspecify.annotations.NullMarked;
