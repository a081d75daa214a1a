package com.example.servers;

import com.example.surface.Surface;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.runtime.Micronaut;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** The surface on Micronaut's Netty server. */
@Controller
public class MicronautApp {
  public static void main(String[] args) {
    Micronaut.run(MicronautApp.class, args);
  }

  @Get(value = "/{path}", produces = MediaType.TEXT_PLAIN)
  @ExecuteOn(TaskExecutors.BLOCKING)
  HttpResponse<String> get(HttpRequest<?> request) {
    Surface.Answer answer = Surface.answerInTime(request.getUri().toString(), "");
    return HttpResponse.<String>status(HttpStatus.valueOf(answer.status())).body(answer.body());
  }

  @Post(value = "/echo", consumes = MediaType.TEXT_PLAIN, produces = MediaType.TEXT_PLAIN)
  String echo(@Body String content) {
    return content;
  }
}
