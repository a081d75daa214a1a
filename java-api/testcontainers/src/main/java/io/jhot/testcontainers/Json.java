package io.jhot.testcontainers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) as jhot writes it: objects, arrays, strings, integers, true, false, null.
 * It is here because a library for it would end up in everybody's tests.
 */
final class Json {
  private final String text;
  private int position;

  private Json(String text) {
    this.text = text;
  }

  /**
   * The members of one object.
   *
   * @throws IllegalArgumentException when the text is no JSON object
   */
  static Map<String, Object> object(String text) {
    Json json = new Json(text);
    try {
      if (json.value() instanceof Map<?, ?> object && json.atEnd()) {
        @SuppressWarnings("unchecked")
        Map<String, Object> members = (Map<String, Object>) object;
        return members;
      }
    } catch (IndexOutOfBoundsException e) {
      throw json.wrong();
    }
    throw json.wrong();
  }

  /** A member that is an array of objects. */
  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> objects(Map<String, Object> of, String name) {
    return (List<Map<String, Object>>) of.get(name);
  }

  private Object value() {
    return switch (next()) {
      case '{' -> members();
      case '[' -> elements();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> members() {
    Map<String, Object> members = new LinkedHashMap<>();
    position++;
    while (next() != '}') {
      String name = string();
      expect(':');
      members.put(name, value());
      comma('}');
    }
    position++;
    return members;
  }

  private List<Object> elements() {
    List<Object> elements = new ArrayList<>();
    position++;
    while (next() != ']') {
      elements.add(value());
      comma(']');
    }
    position++;
    return elements;
  }

  private void comma(char end) {
    if (next() != end) {
      expect(',');
    }
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    expect('"');
    for (char c = text.charAt(position++); c != '"'; c = text.charAt(position++)) {
      string.append(c == '\\' ? escaped() : c);
    }
    return string.toString();
  }

  private char escaped() {
    char c = text.charAt(position++);
    if (c == 'u') {
      position += 4;
      return (char) Integer.parseInt(text, position - 4, position, 16);
    }
    int simple = "bfnrt".indexOf(c);
    return simple < 0 ? c : "\b\f\n\r\t".charAt(simple);
  }

  private Object word(String word, Object meaning) {
    if (!text.startsWith(word, position)) {
      throw wrong();
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

  private void expect(char c) {
    if (next() != c) {
      throw wrong();
    }
    position++;
  }

  private char next() {
    while (text.charAt(position) <= ' ') {
      position++;
    }
    return text.charAt(position);
  }

  private boolean atEnd() {
    return text.substring(position).isBlank();
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException("not what jhot writes, at " + position + ": " + text);
  }
}
