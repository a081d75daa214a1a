/**
 * Turns the operator's input (options, {@code JHOT_} variables, {@code @files}) into checked
 * records, and the command into the arguments of execve(2).
 *
 * <p>Invariant: a value that leaves this package is valid. A wrong value is refused by a {@link
 * io.jhot.config.ConfigException} before anything is started.
 */
@NullMarked
package io.jhot.config;

import org.jspecify.annotations.NullMarked;
