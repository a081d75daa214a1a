package com.example.servers;

import com.example.surface.Surface;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

/** The surface on Quarkus REST. */
@Path("/")
@Produces(MediaType.TEXT_PLAIN)
@Blocking
public class QuarkusResource {
  @GET
  @Path("{path}")
  public Response get(@Context UriInfo uri) {
    String query = uri.getRequestUri().getRawQuery();
    String target = uri.getRequestUri().getRawPath() + (query == null ? "" : "?" + query);
    Surface.Answer answer = Surface.answerInTime(target, "");
    return Response.status(answer.status()).entity(answer.body()).build();
  }

  @POST
  @Path("echo")
  @Consumes(MediaType.TEXT_PLAIN)
  public String echo(String content) {
    return content;
  }
}
