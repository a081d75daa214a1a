package io.jhot.agent.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnBindsTest {
  private static final OwnBinds SOME =
      OwnBinds.of("18030-18039,5701,tcp-8025,udp-9000,unix-app.sock");

  @ParameterizedTest
  @CsvSource({
    "18029, false",
    "18030, true",
    "18035, true",
    "18039, true",
    "18040, false",
    "5701, true",
    "8025, true",
    "9000, false",
    "80, false"
  })
  void aTcpPortIsOwnByNumberRangeOrName(int port, boolean own) {
    assertEquals(own, SOME.contains(port));
  }

  @Test
  void whatTheAppOpensByTheApiIsOwnByItsName() {
    InetSocketAddress udp = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9000);
    assertTrue(SOME.contains(new Listener(7, udp, this)));
    assertTrue(SOME.contains(new Listener(7, UnixDomainSocketAddress.of("/run/app.sock"), this)));
    assertFalse(SOME.contains(new Listener(7, UnixDomainSocketAddress.of("/run/b.sock"), this)));
  }

  @Test
  void withoutAVariableNothingIsOwnAndWhatIsUnknownIsSkipped() {
    assertFalse(OwnBinds.of(null).contains(80));
    assertFalse(OwnBinds.of("").contains(80));
    assertTrue(OwnBinds.of("1-x,,80").contains(80));
  }
}
