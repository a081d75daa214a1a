package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationTextTest {
  @ParameterizedTest
  @CsvSource({
    "1803{gen}, 7, 18037",
    "1803{gen}, 10, 180310",
    "1803{gen%10}, 10, 18030",
    "1803{gen%10}, 19, 18039",
    "{gen:18030-18039}, 1, 18030",
    "{gen:18030-18039}, 10, 18039",
    "{gen:18030-18039}, 11, 18030",
    "a{gen}b{gen}c, 12, a12b12c",
    "{gen, 3, {gen",
    "{general} {gen%x} {gen:a-b} {gen:5}, 3, {general} {gen%x} {gen:a-b} {gen:5}",
    "{{gen}}, 3, {3}",
    "plain, 3, plain"
  })
  void itCountsWithinItsBounds(String text, int generation, String filled) {
    assertEquals(filled, GenerationText.fill(text, generation));
  }

  @Test
  void theFirstTenGenerationsHaveTenDifferentPorts() {
    for (String text : List.of("-Dport=1803{gen%10}", "{gen:18030-18039}")) {
      Set<Integer> seen = new java.util.TreeSet<>();
      for (int generation = 1; generation <= 20; generation++) {
        seen.addAll(GenerationText.ports(List.of(text), generation));
      }
      assertEquals(10, seen.size(), text);
      assertTrue(seen.contains(18030) && seen.contains(18039), text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-Dcom.sun.management.jmxremote.port=1803{gen}, 4, 18034",
    "tcp://0.0.0.0:{gen:9000-9009}/x, 2, 9001",
    "{gen}8080, 1, 18080"
  })
  void aNumberWithACounterInItIsAPortOfThatGeneration(String text, int generation, int port) {
    assertEquals(Set.of(port), GenerationText.ports(List.of("-jar", text), generation));
  }

  @ParameterizedTest
  @CsvSource({"-Dgeneration={gen}, 8080", "1803{gen}, 10", "log-{gen}.txt, 443", "x{gen%10}, 5"})
  void aPlainCounterOrATooLongNumberIsNoPort(String text, int generation) {
    assertEquals(Set.of(), GenerationText.ports(List.of(text), generation));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1803{gen%0}", "{gen:9-8}", "x{gen:18030-18020}y"})
  void aCounterThatCannotCountIsRefused(String text) throws ConfigException {
    ConfigException refused = assertThrows(ConfigException.class, () -> GenerationText.check(text));
    assertTrue(refused.getMessage().contains("cannot count"), refused.getMessage());
    GenerationText.check("{gen} {gen%10} {gen:1-2} {gen:x} {gen");
  }
}
