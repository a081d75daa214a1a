/** io.jhot.api for Spring Boot 4: to be on the class path is all that is needed. */
package io.jhot.spring;
