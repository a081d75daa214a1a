package io.jhot.agent.listen;

/** Levels, names and values of socket(7), ipv6(7) and address_families(7), on Linux. */
public final class SocketConstants {
  public static final int SOL_SOCKET = 1;
  public static final int SO_REUSEADDR = 2;
  public static final int SO_TYPE = 3;
  public static final int SO_REUSEPORT = 15;
  public static final int SO_ACCEPTCONN = 30;
  public static final int SO_DOMAIN = 39;
  public static final int IPPROTO_IPV6 = 41;
  public static final int IPV6_V6ONLY = 26;

  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int SOCK_STREAM = 1;

  private SocketConstants() {}
}
