/** io.jhot.api for Jakarta Servlet containers. */
package io.jhot.servlet;
