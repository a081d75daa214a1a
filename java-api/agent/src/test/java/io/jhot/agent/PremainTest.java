package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.InputStream;
import java.lang.reflect.Method;
import org.junit.jupiter.api.Test;

class PremainTest {
  private static final Class<?> PREMAIN = load();

  private static Class<?> load() {
    try {
      return Class.forName("io.jhot.agent.Premain");
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anyJavaFrom8OnCanLoadTheDoor() throws Exception {
    try (InputStream in = PREMAIN.getResourceAsStream("Premain.class")) {
      assertNotNull(in);
      DataInputStream data = new DataInputStream(in);
      data.readInt();
      data.readUnsignedShort();
      assertEquals(52, data.readUnsignedShort());
    }
  }

  @Test
  void everyJavaBefore17StaysOutside() throws Exception {
    Method isBefore = PREMAIN.getDeclaredMethod("isBefore", int.class, String.class);
    for (String version : new String[] {"1.8", "9", "11", "16"}) {
      assertTrue((boolean) isBefore.invoke(null, 17, version), version);
    }
    for (String version : new String[] {"17", "21", "25", "99", "next"}) {
      assertFalse((boolean) isBefore.invoke(null, 17, version), version);
    }
  }
}
