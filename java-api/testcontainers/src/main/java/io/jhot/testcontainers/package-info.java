/**
 * A service under jhot in a container, for the service's own integration tests.
 *
 * <p>{@link io.jhot.testcontainers.JhotContainer} is a Testcontainers container whose entry point
 * is {@code jhot exec}. It speaks to jhot as an operator would: by signals to the container, and by
 * jhot's own commands in it. Nothing here reaches into jhot, so what a test sees is what production
 * does.
 */
package io.jhot.testcontainers;
