package io.jhot.netty;

import io.jhot.api.InFlight;
import io.jhot.api.Jhot;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * For an HTTP/1.1 pipeline, right behind the codec: counts requests as work in flight, and while
 * this generation drains lets a connection end with its current response, over TLS too. Where
 * requests are pipelined, that is the response to the last of them that has come.
 *
 * <p>One for each connection; all of it on the connection's event loop.
 */
public final class DrainHandler extends ChannelDuplexHandler {
  private final Deque<InFlight> requests = new ArrayDeque<>();
  private boolean interim; // the response that is being written is only a first word
  private boolean last;

  /** A handler for one connection. */
  public DrainHandler() {}

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest) {
      requests.add(Jhot.track());
    }
    context.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response) {
      interim =
          response.status().codeClass() == HttpStatusClass.INFORMATIONAL
              && !response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
      last = !interim && Jhot.draining() && requests.size() <= 1;
      if (last) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      }
    }
    ChannelPromise written = promise;
    if (message instanceof LastHttpContent && !interim) {
      InFlight request = requests.poll();
      written = promise.unvoid();
      if (request != null) {
        written.addListener(done -> request.close());
      }
      if (last) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    }
    context.write(message, written);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    for (InFlight request = requests.poll(); request != null; request = requests.poll()) {
      request.close(); // nobody is left to answer
    }
    context.fireChannelInactive();
  }
}
