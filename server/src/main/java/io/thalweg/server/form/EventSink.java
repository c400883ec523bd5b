package io.thalweg.server.form;

import io.thalweg.model.event.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the events of a batch in the client's order, as slices of the request's body; it copies what it keeps. */
public interface EventSink {
    void event(
            @Nullable String contentType,
            byte @Nullable [] key,
            List<Header> headers,
            byte[] body,
            int offset,
            int length);
}
