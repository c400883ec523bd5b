package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What the server below refuses on its own, such as a broken request line, in the API's one shape. */
final class ErrorPages implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = request.getAttribute(ErrorHandler.ERROR_STATUS) instanceof Integer known
                ? known
                : HttpStatus.INTERNAL_SERVER_ERROR_500;
        String reason = request.getAttribute(ErrorHandler.ERROR_MESSAGE) instanceof String said ? said : null;
        String code = switch (status) {
            case 404 -> ErrorCode.NOT_FOUND.text();
            case 408 -> "request_timeout";
            case 413, 414, 431 -> ErrorCode.TOO_LARGE.text();
            case 503 -> ErrorCode.OVERLOADED.text();
            default -> status >= 500 && status != 505 ? ErrorCode.INTERNAL.text() : ErrorCode.INVALID_REQUEST.text();
        };
        String standard = HttpStatus.getMessage(status);
        String text = reason == null || code.equals(ErrorCode.INTERNAL.text()) ? standard : Numbers.shorten(reason);
        byte[] content = Json.write(new ErrorReply(text, code));
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, MediaTypes.JSON);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.length);
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        response.write(true, ByteBuffer.wrap(content), callback);
        return true;
    }
}
