/**
 * Tests of the built tree on real processes, real signals and real sockets.
 *
 * <p>Invariant: a test asserts what somebody outside can see (answers, lines, exit codes, {@code
 * jhot status}, {@code /proc}); it waits for a condition, never for a time; and after it nothing is
 * left: no process, no descriptor, no file. {@link io.jhot.tests.SandboxExtension} checks that.
 */
package io.jhot.tests;
