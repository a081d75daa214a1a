/**
 * libc through {@code java.lang.foreign}; the only module of jhot that links or invokes native
 * code.
 */
module io.jhot.ffm {
  exports io.jhot.ffm;
}
