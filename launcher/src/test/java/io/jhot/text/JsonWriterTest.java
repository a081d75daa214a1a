package io.jhot.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class JsonWriterTest {
  @Test
  void commasStandBetweenMembersAndElementsOnly() {
    JsonWriter json = new JsonWriter().beginObject();
    json.name("empty").beginArray().endArray();
    json.name("none").beginObject().endObject();
    json.name("list").beginArray().value(1).value("a").value(true).beginObject().endObject();
    json.beginArray().value(-1).endArray().endArray();
    json.name("last").value("{").endObject();
    assertEquals(
        "{\"empty\":[],\"none\":{},\"list\":[1,\"a\",true,{},[-1]],\"last\":\"{\"}",
        json.toString());
  }

  @Test
  void whatIsNotKnownIsNull() {
    JsonWriter json = new JsonWriter().beginArray();
    json.valueOrNull("").valueOrNull("x").valueOrNull(-1).valueOrNull(0).endArray();
    assertEquals("[null,\"x\",null,0]", json.toString());
  }

  @Test
  void whatActsIsEscapedAndComesBackAsItWas() {
    String json =
        new JsonWriter().value("a\u202eb\udb40\udc41\udce9\ud83d\ude00\u00e9\u0001\"").toString();
    assertEquals("\"a\\u202eb\\udb40\\udc41\\udce9\ud83d\ude00\u00e9\\u0001\\\"\"", json);
    assertFalse(json.contains("\u202e"));
  }

  @Test
  void noTextEndsItsStringEarly() {
    assertEquals("\"\\\\\\\"\"", new JsonWriter().value("\\\"").toString());
    assertEquals("{\"a\\\"b\":\"\"}", object("a\"b", "").toString());
    assertEquals("{\"k\":\"\\u000a\"}", object("k", "\n").toString());
  }

  private static JsonWriter object(String name, String value) {
    return new JsonWriter().beginObject().name(name).value(value).endObject();
  }
}
