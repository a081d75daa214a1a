/**
 * What the agent knows of the app's own code: its classes, objects, threads and output.
 *
 * <p>Invariant: nothing of the app is named at compile time. Its classes are known by the end of
 * their names, so that shaded copies count, and its objects by what fields and methods they have;
 * what is otherwise in another version is an exception that the caller reports and lives with.
 */
@NullMarked
package io.jhot.agent.app;

import org.jspecify.annotations.NullMarked;
