package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.config.Patience;
import io.thalweg.server.data.Damages;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.peer.Hop;
import io.thalweg.server.routing.Elsewhere;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes each call from its route to its reply, on a virtual thread of its own. The order is fixed: route, admission, handler.
 * Whatever a handler throws becomes an error reply here and nowhere else; only what is nobody's fault but ours is logged. What is left
 * of a body is read after the answer has gone out, never before.
 */
final class CallHandler extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(CallHandler.class);

    /** When a call begins again that no other node took, and has time. */
    private static final long AGAIN_MS = 50;

    private static final long AGAIN_MS_MAX = 400;

    private final Router router;
    private final Admission admission;
    private final Cors cors;
    private final NodeMemory memory;
    private final HttpMeters meters;
    private final Damages damages;
    private final ErrorForm errors;
    private final Patience patience;
    private final Detour detour;

    CallHandler(
            Router router,
            Admission admission,
            Cors cors,
            NodeMemory memory,
            HttpMeters meters,
            Damages damages,
            ErrorForm errors,
            Patience patience,
            Detour detour) {
        super(InvocationType.BLOCKING);
        this.router = router;
        this.admission = admission;
        this.cors = cors;
        this.memory = memory;
        this.meters = meters;
        this.damages = damages;
        this.errors = errors;
        this.patience = patience;
        this.detour = detour;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        try (NodeMemory.Share share = memory.share()) {
            Upgrades.awaitPreface(request);
            Body body = new Body(request, share, patience);
            Reply reply = new Reply(request, response, body, patience);
            answer(request, body, reply, share);
            if (!body.discard()) {
                request.addHttpStreamWrapper(Unwanted::new);
            }
            callback.succeeded();
        } catch (BrokenOff e) {
            LOG.debug(
                    "{} {} broke off", request.getMethod(), request.getHttpURI().getPath(), e);
            callback.failed(e);
        }
        return true;
    }

    /** A stream whose answer is whole while its client still sends: it is told that it may stop, and not that it failed. */
    private static final class Unwanted extends HttpStream.Wrapper {
        Unwanted(HttpStream wrapped) {
            super(wrapped);
        }

        @Override
        public void failed(Throwable failure) {
            super.failed(HttpStream.CONTENT_NOT_CONSUMED);
        }
    }

    private void answer(Request request, Body body, Reply reply, NodeMemory.Share share) {
        HttpFields headers = request.getHeaders();
        cors.mark(headers, reply);
        Router.Match match;
        try {
            match = router.find(
                    Method.of(request.getMethod()), request.getHttpURI().getPath());
        } catch (ThalwegException e) {
            refuse(reply, e.code(), e.getMessage());
            return;
        }
        switch (match) {
            case Router.Found found -> handle(found, request, body, reply, share);
            case Router.OtherMethod other -> {
                if (request.getMethod().equals("OPTIONS")) {
                    cors.answerOptions(headers, other.allowed(), reply);
                    return;
                }
                reply.header("Allow", other.allowed());
                send(
                        reply,
                        405,
                        new ErrorReply(
                                "this path takes " + other.allowed() + ", not " + Numbers.shorten(request.getMethod()),
                                "method_not_allowed"));
            }
            case Router.Nothing _ ->
                refuse(reply, ErrorCode.NOT_FOUND, "there is no such endpoint: see /docs for those there are");
        }
    }

    private void handle(Router.Found found, Request request, Body body, Reply reply, NodeMemory.Share share) {
        long startNs = System.nanoTime();
        try {
            answer(new Call(found, request, body, reply, share, detour), share, reply);
        } catch (ThalwegException e) {
            refuse(reply, e.code(), e.getMessage());
        } finally {
            meters.called(found.route(), reply.status(), System.nanoTime() - startNs);
        }
    }

    private void answer(Call call, NodeMemory.Share share, Reply reply) {
        try {
            detour.arrived(call);
            if (!admission.admit(call)) {
                meters.rateLimited();
                reply.header("Retry-After", "1");
                reply.send(429, "text/plain", ErrorReply.RATE_LIMITED);
                return;
            }
            if (call.hasPrincipal()) {
                share.belongsTo(call.tenantId());
            }
            requireIdentity(call.header("Content-Encoding"), reply);
            call.route().require(call.query());
            answerHereOrElsewhere(call, reply);
        } catch (ThalwegException e) {
            boolean _ = damages.heard(e);
            orBreakOff(reply, e);
            // A view, a topic or a key may be missing here only because this node has just started.
            ThalwegException said = admission.unlessUnheard(e);
            refuse(reply, said.code(), said.getMessage());
        } catch (MalformedException e) {
            orBreakOff(reply, e);
            refuse(reply, ErrorCode.INVALID_REQUEST, e.getMessage());
        } catch (Refusal e) {
            orBreakOff(reply, e);
            send(reply, e.status(), e.reply());
        } catch (BrokenOff e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            orBreakOff(reply, e);
            refuse(reply, ErrorCode.UNAVAILABLE, "the node is stopping: try again later");
        } catch (Exception e) {
            // Before the reply breaks off: its reader sees that it was cut, and the operator why.
            if (!damages.heard(e)) {
                LOG.error("{} failed", call.route().id(), e);
            }
            orBreakOff(reply, e);
            refuse(reply, ErrorCode.INTERNAL, "the node failed to answer; its log says more");
        }
    }

    private void answerHereOrElsewhere(Call call, Reply reply) throws Exception {
        if (detour.taken(call)) {
            return;
        }
        Elsewhere first = null;
        for (long pauseMs = AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, AGAIN_MS_MAX)) {
            try {
                call.route().handler().handle(call);
                return;
            } catch (Elsewhere e) {
                orBreakOff(reply, e);
                first = first == null ? e : first;
                if (isTakenElsewhere(call, e, first, reply)) {
                    return;
                }
            }
            Thread.sleep(pauseMs);
        }
    }

    /**
     * False when nobody has taken it, and it is to begin again. Where another node has passed it on that one does: it may lead by then, or be as far as is asked for, and
     * does not see it while this one waits.
     *
     * @param first that was missing, which says how much time there is
     */
    private boolean isTakenElsewhere(Call call, Elsewhere missing, Elsewhere first, Reply reply) throws Exception {
        try {
            detour.take(call, missing);
            return true;
        } catch (Elsewhere e) {
            if (missing.waits() && detour.isLetIn(call)) {
                reply.header(Hop.AGAIN, "true");
                throw e;
            }
            if (!missing.waits() || first.left().isZero()) {
                throw e;
            }
            return false;
        }
    }

    /** A reply that has begun cannot become a refusal: it breaks off, so that it does not look like one that ended. */
    private static void orBreakOff(Reply reply, Exception cause) {
        if (reply.begun()) {
            throw new BrokenOff("failed in the middle of a reply", cause);
        }
    }

    /** Bodies are taken as they are; a coding that nobody undoes here would be stored as if it were the payload. */
    private static void requireIdentity(@Nullable String coding, Reply reply) {
        if (coding != null && !coding.strip().toLowerCase(Locale.ROOT).equals("identity")) {
            reply.header("Accept-Encoding", "identity");
            throw new Refusal(
                    415,
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE.text(),
                    "the content coding '" + Numbers.shorten(coding) + "' is not supported: send the body as it is");
        }
    }

    private void refuse(Reply reply, ErrorCode code, @Nullable String message) {
        int status = ErrorReply.status(code);
        if (status == 429 || status == 503) {
            reply.header("Retry-After", "1");
        }
        if (status == 401) {
            reply.header(HttpHeader.WWW_AUTHENTICATE.asString(), "Bearer realm=\"thalweg\"");
        }
        send(reply, status, ErrorReply.of(code, message));
    }

    private void send(Reply reply, int status, ErrorReply error) {
        reply.send(status, MediaTypes.JSON, Json.write(errors.of(error)));
    }
}
