package io.jhot.examples.load;

/**
 * A complete HTTP answer.
 *
 * @param status the three-digit code
 * @param body the content, one char per byte (ISO 8859-1)
 * @param persistent whether its connection may carry another request (RFC 9112, 9.3)
 */
record Answer(int status, String body, boolean persistent) {}
