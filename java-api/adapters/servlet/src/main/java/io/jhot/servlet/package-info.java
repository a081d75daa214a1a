/** io.jhot.api for Jakarta Servlet containers. */
@NullMarked
package io.jhot.servlet;

import org.jspecify.annotations.NullMarked;
