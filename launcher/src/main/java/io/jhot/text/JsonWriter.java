package io.jhot.text;

/**
 * Writes one JSON value (RFC 8259), without blanks. Commas come by themselves; that names, values
 * and ends come in an order that makes sense is the caller's part.
 *
 * <p>For one thread.
 */
public final class JsonWriter {
  private final StringBuilder json;

  /** Starts with nothing. */
  public JsonWriter() {
    this(128);
  }

  /**
   * Starts with nothing.
   *
   * @param length how many characters it will be, roughly
   */
  public JsonWriter(int length) {
    json = new StringBuilder(length);
  }

  /** Begins an object; names and values follow. */
  public JsonWriter beginObject() {
    return begin('{');
  }

  /** Ends the innermost object. */
  public JsonWriter endObject() {
    json.append('}');
    return this;
  }

  /** Begins an array; values follow. */
  public JsonWriter beginArray() {
    return begin('[');
  }

  /** Ends the innermost array. */
  public JsonWriter endArray() {
    json.append(']');
    return this;
  }

  /**
   * Writes a member's name; its value follows.
   *
   * @param name any text
   */
  public JsonWriter name(String name) {
    separate();
    quote(name);
    json.append(':');
    return this;
  }

  /**
   * Writes a string.
   *
   * @param value any text
   */
  public JsonWriter value(String value) {
    separate();
    quote(value);
    return this;
  }

  /**
   * Writes a number.
   *
   * @param value any
   */
  public JsonWriter value(long value) {
    separate();
    json.append(value);
    return this;
  }

  /**
   * Writes true or false.
   *
   * @param value which
   */
  public JsonWriter value(boolean value) {
    separate();
    json.append(value);
    return this;
  }

  /**
   * Writes a string, or null for an empty one.
   *
   * @param value any text; empty where there is none
   */
  public JsonWriter valueOrNull(String value) {
    return value.isEmpty() ? nothing() : value(value);
  }

  /**
   * Writes a number, or null for a negative one.
   *
   * @param value a count; negative where it is unknown
   */
  public JsonWriter valueOrNull(long value) {
    return value < 0 ? nothing() : value(value);
  }

  private JsonWriter nothing() {
    separate();
    json.append("null");
    return this;
  }

  private JsonWriter begin(char bracket) {
    separate();
    json.append(bracket);
    return this;
  }

  /** A comma goes between two members or elements: not after what opens, nor after a name. */
  private void separate() {
    if (json.isEmpty()) {
      return;
    }
    char last = json.charAt(json.length() - 1);
    if (last != '{' && last != '[' && last != ':') {
      json.append(',');
    }
  }

  /**
   * A string by section 7 of the RFC. What acts on a terminal that shows the JSON as it is, as
   * {@link HarmlessText} has it, is escaped too.
   */
  private void quote(String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20 || c >= 0x7F && acts(text, i)) {
        json.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          json.append(Character.forDigit(c >> shift & 15, 16));
        }
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }

  /** Whether the character acts that a char is, or is half of. */
  private static boolean acts(String text, int i) {
    boolean second = i > 0 && Character.isSurrogatePair(text.charAt(i - 1), text.charAt(i));
    return HarmlessText.acts(text.codePointAt(second ? i - 1 : i));
  }

  /** The JSON so far. */
  @Override
  public String toString() {
    return json.toString();
  }
}
