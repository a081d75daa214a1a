package io.jhot.config;

/**
 * One {@code --listen}: a socket that jhot opens before the app starts and keeps until it ends.
 *
 * @param name its name in {@code LISTEN_FDNAMES} (systemd's sd_listen_fds_with_names(3)): letters,
 *     digits, {@code . _ -}, at most 64
 * @param transport what kind of socket
 * @param host a host name or address without brackets; empty for every address of the machine (IPv6
 *     and IPv4 by one dual-stack socket); empty for unix
 * @param port 1 to 65535, or 0 for unix
 * @param path the absolute path of a unix socket, else empty
 * @param access who may connect to a unix socket
 */
public record ListenAddress(
    String name, Transport transport, String host, int port, String path, UnixAccess access) {

  /** One without restrictions on who may connect. */
  ListenAddress(String name, Transport transport, String host, int port, String path) {
    this(name, transport, host, port, path, UnixAccess.DEFAULT);
  }

  /** The kinds of sockets that {@code --listen} opens. */
  public enum Transport {
    /** A TCP listener. */
    TCP,
    /** A UDP socket. */
    UDP,
    /** A unix-domain stream listener. */
    UNIX
  }

  private static final String FORM =
      " (write [name=]tcp://host:port, [name=]udp://host:port or"
          + " [name=]unix:///path[?mode=0660&owner=NAME&group=NAME])";

  /**
   * Reads {@code [name=]tcp://host:port | udp://host:port | unix:///path}; {@code PORT}, {@code
   * :PORT} and {@code HOST:PORT} are short for tcp. {@link UnixAccess} may follow a unix path, so
   * such a path has no question mark.
   *
   * @param text the value of {@code --listen}
   * @return the checked address
   * @throws ConfigException when it has another form
   */
  public static ListenAddress parse(String text) throws ConfigException {
    String rest = text;
    String name = "";
    int equals = text.indexOf('=');
    int scheme = text.indexOf("://");
    if (equals >= 0 && (scheme < 0 || equals < scheme)) {
      name = text.substring(0, equals);
      rest = text.substring(equals + 1);
      checkName(text, name);
    }
    if (rest.startsWith("unix://")) {
      return unix(text, name, rest.substring("unix://".length()));
    }
    Transport transport = Transport.TCP;
    if (rest.startsWith("tcp://")) {
      rest = rest.substring("tcp://".length());
    } else if (rest.startsWith("udp://")) {
      transport = Transport.UDP;
      rest = rest.substring("udp://".length());
    } else if (rest.contains("://")) {
      throw new ConfigException("--listen '" + text + "': unknown kind of socket" + FORM);
    }
    return inet(text, name, transport, rest);
  }

  /** The address as operators write it, for example {@code tcp://[::]:8080}. */
  public String text() {
    if (transport == Transport.UNIX) {
      return "unix://" + path;
    }
    String shown = host.isEmpty() ? "[::]" : host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return (transport == Transport.TCP ? "tcp://" : "udp://") + shown + ":" + port;
  }

  private static ListenAddress unix(String text, String name, String rest) throws ConfigException {
    int mark = rest.indexOf('?');
    String path = mark < 0 ? rest : rest.substring(0, mark);
    UnixAccess access =
        mark < 0 ? UnixAccess.DEFAULT : UnixAccess.parse(text, rest.substring(mark + 1));
    if (!path.startsWith("/") || path.endsWith("/")) {
      throw new ConfigException("--listen '" + text + "': the path must be absolute" + FORM);
    }
    if (path.length() > 107) {
      throw new ConfigException(
          "--listen '" + text + "': a unix socket's path has at most 107 bytes");
    }
    String file = path.substring(path.lastIndexOf('/') + 1);
    return new ListenAddress(
        name.isEmpty() ? clean(file) : name, Transport.UNIX, "", 0, path, access);
  }

  private static ListenAddress inet(String text, String name, Transport transport, String rest)
      throws ConfigException {
    int colon = rest.lastIndexOf(':');
    String host = colon < 0 ? "" : rest.substring(0, colon);
    String digits = colon < 0 ? rest : rest.substring(colon + 1);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new ConfigException(
          "--listen '" + text + "': an IPv6 address goes into brackets, as in tcp://[::1]:8080");
    }
    if (host.equals("*")) {
      host = "";
    }
    int port = 0;
    for (int i = 0; i < digits.length() && port <= 65535; i++) {
      char digit = digits.charAt(i);
      if (digit < '0' || digit > '9') {
        throw new ConfigException("--listen '" + text + "': '" + digits + "' is no port" + FORM);
      }
      port = port * 10 + (digit - '0');
    }
    if (digits.isEmpty() || port < 1 || port > 65535) {
      throw new ConfigException("--listen '" + text + "': the port must be 1 to 65535" + FORM);
    }
    String kind = transport == Transport.TCP ? "tcp-" : "udp-";
    return new ListenAddress(name.isEmpty() ? kind + port : name, transport, host, port, "");
  }

  private static void checkName(String text, String name) throws ConfigException {
    if (name.isEmpty() || name.length() > 64 || !clean(name).equals(name)) {
      throw new ConfigException(
          "--listen '" + text + "': a name has 1 to 64 letters, digits, '.', '_' or '-'");
    }
  }

  private static String clean(String name) {
    StringBuilder cleaned = new StringBuilder(name.length());
    for (int i = 0; i < name.length() && i < 64; i++) {
      char c = name.charAt(i);
      cleaned.append(OptionValues.isNameCharacter(c) ? c : '_');
    }
    return cleaned.toString();
  }
}
