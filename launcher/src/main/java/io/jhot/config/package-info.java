/**
 * Turns what the operator wrote (options, {@code JHOT_} variables, {@code @files}) into checked
 * records, and the command into what is really executed.
 *
 * <p>Invariant: a value that leaves this package is valid. Whatever is wrong is refused by a {@link
 * io.jhot.config.ConfigException} before anything is started.
 */
package io.jhot.config;
