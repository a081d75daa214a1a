package io.jhot.tests;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A strict reader of JSON (RFC 8259): what is not JSON to the letter is refused, so that it also
 * tests who wrote it. Numbers are longs.
 */
final class Json {
  private final String text;
  private int position;

  private Json(String text) {
    this.text = text;
  }

  /** One object, as a map of maps, lists, strings, longs, booleans and nulls. */
  static Map<String, Object> object(String text) {
    Json json = new Json(text);
    Map<String, Object> object = json.object();
    json.blanks();
    if (json.position != text.length()) {
      throw json.wrong("something behind the object");
    }
    return object;
  }

  private Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    expect('{');
    if (next() == '}') {
      position++;
      return object;
    }
    do {
      next();
      String name = string();
      expect(':');
      if (object.put(name, value()) != null) {
        throw wrong("twice: " + name);
      }
    } while (more('}'));
    return object;
  }

  private List<Object> array() {
    List<Object> array = new ArrayList<>();
    expect('[');
    if (next() == ']') {
      position++;
      return array;
    }
    do {
      array.add(value());
    } while (more(']'));
    return array;
  }

  private Object value() {
    char c = next();
    return switch (c) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Object word(String word, Object meaning) {
    if (!text.startsWith(word, position)) {
      throw wrong("no value");
    }
    position += word.length();
    return meaning;
  }

  private long number() {
    int start = position;
    while (position < text.length() && "-0123456789".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
    return Long.parseLong(text, start, position, 10);
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    expect('"');
    for (char c = text.charAt(position++); c != '"'; c = text.charAt(position++)) {
      if (c < 0x20) {
        throw wrong("a control character inside a string");
      }
      string.append(c == '\\' ? escaped() : c);
    }
    return string.toString();
  }

  private char escaped() {
    char c = text.charAt(position++);
    int simple = "\"\\/bfnrt".indexOf(c);
    if (simple >= 0) {
      return "\"\\/\b\f\n\r\t".charAt(simple);
    }
    if (c != 'u') {
      throw wrong("an unknown escape");
    }
    position += 4;
    return (char) Integer.parseInt(text, position - 4, position, 16);
  }

  private boolean more(char end) {
    char c = next();
    position++;
    if (c != ',' && c != end) {
      throw wrong("neither , nor " + end);
    }
    return c == ',';
  }

  private void expect(char c) {
    if (next() != c) {
      throw wrong("no " + c);
    }
    position++;
  }

  private char next() {
    blanks();
    return text.charAt(position);
  }

  private void blanks() {
    while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
  }

  private IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException("not JSON at " + position + ", " + why + ": " + text);
  }
}
