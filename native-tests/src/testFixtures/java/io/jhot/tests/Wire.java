package io.jhot.tests;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Bytes to a server and from it, in clear or by TLS. Small buffers: what is not read stalls. */
final class Wire implements Closeable {
  private static final int RECEIVE_BUFFER = 8 * 1024;
  private static final int BUFFER = 4 * 1024;
  private static final SSLContext TLS = trusting();

  private final Socket socket;
  private final PushbackInputStream pushback;
  final DataInputStream in;

  private Wire(Socket socket) throws IOException {
    this.socket = socket;
    pushback = new PushbackInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
    in = new DataInputStream(pushback);
  }

  static Wire open(int port, boolean tls, boolean http2) throws IOException {
    Socket plain = new Socket();
    try {
      plain.setReceiveBufferSize(RECEIVE_BUFFER);
      plain.connect(new InetSocketAddress("127.0.0.1", port));
      plain.setSoTimeout(Math.toIntExact(Await.PATIENCE.toMillis()));
      plain.setTcpNoDelay(true);
      return new Wire(tls ? secured(plain, port, http2) : plain);
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  private static Socket secured(Socket plain, int port, boolean http2) throws IOException {
    SSLSocket secured =
        (SSLSocket) TLS.getSocketFactory().createSocket(plain, "localhost", port, true);
    if (http2) {
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      secured.setSSLParameters(parameters);
    }
    secured.startHandshake();
    return secured;
  }

  private static SSLContext trusting() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (var keys = Files.newInputStream(Path.of(KeyStoreFile.path()))) {
        store.load(keys, "changeit".toCharArray());
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  void write(byte[] bytes, int from, int length) throws IOException {
    socket.getOutputStream().write(bytes, from, length);
    socket.getOutputStream().flush();
  }

  void write(byte[] bytes) throws IOException {
    write(bytes, 0, bytes.length);
  }

  void write(String text) throws IOException {
    write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Whether the server has ended the connection; does not wait for it. */
  boolean hasEnded() throws IOException {
    return !hasMore() && ended;
  }

  private boolean ended;

  /** Whether there is something to read now, which is then still there. */
  boolean hasMore() throws IOException {
    int patience = socket.getSoTimeout();
    socket.setSoTimeout(100);
    try {
      int first = pushback.read();
      ended = first < 0;
      if (!ended) {
        pushback.unread(first);
      }
      return !ended;
    } catch (SocketTimeoutException e) {
      return false;
    } finally {
      socket.setSoTimeout(patience);
    }
  }

  /** A line without its end. */
  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection ended after \"" + line + "\"");
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.US_ASCII).stripTrailing();
  }

  String text(int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
