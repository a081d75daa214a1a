/**
 * The command line: what the operator types becomes checked records, and what came of it becomes an
 * exit code.
 *
 * <p>Invariant: every way to end has one clear line on stderr, unless it succeeded, and one exit
 * code: the app's own, 128+n when it died of a signal, 125 when jhot failed, 126 when the program
 * is not executable, 127 when it is not found, 2 when jhot was called wrongly.
 */
package io.jhot.cli;
