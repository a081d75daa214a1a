/** What an app may say to jhot and hear from it. Nothing in it is needed to be restarted hot. */
module io.jhot.api {
  requires static org.jspecify;

  exports io.jhot.api;

  uses io.jhot.api.DrainHook;
}
