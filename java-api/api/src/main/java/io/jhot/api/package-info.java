/** What an app may say to jhot and hear from it. An app that ignores it loses nothing. */
package io.jhot.api;
