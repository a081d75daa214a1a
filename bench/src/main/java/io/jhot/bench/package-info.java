/**
 * The Java half of the measurements; the other half is {@code driver.c}, which does the same in C
 * and prints the same samples. Nothing is judged here: {@code report.awk} puts both side by side.
 */
package io.jhot.bench;
