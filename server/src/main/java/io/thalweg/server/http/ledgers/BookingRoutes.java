package io.thalweg.server.http.ledgers;

import io.thalweg.ledger.CreateAccountStatus;
import io.thalweg.ledger.CreateStatus;
import io.thalweg.ledger.CreateTransferStatus;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.Ids;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.Rows;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Ledgers;
import io.thalweg.server.routing.Ledgers.Attempt;
import io.thalweg.server.routing.Shards;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Creating accounts and transfers in batches, and finding them again by their ids. */
final class BookingRoutes {
    private static final int BODY_BYTES_MAX = 8 << 20;
    /** Transfers that the apply thread looks up at a time. */
    private static final int PIECE = 2_048;

    private static final int ID_BYTES = 16;

    private final Shards shards;
    private final Ledgers ledgers;
    private final UsageMeter meter;

    BookingRoutes(Shards shards, Ledgers ledgers, UsageMeter meter) {
        this.shards = shards;
        this.ledgers = ledgers;
        this.meter = meter;
    }

    List<Route> routes() {
        return List.of(
                creating("accounts", "create_accounts", "Create accounts, each with its own result.", "NewAccounts")
                        .to(call -> create(
                                call,
                                Operation.LEDGER_ACCOUNTS,
                                LedgerJson::accounts,
                                code -> CreateAccountStatus.ofCode(code).text())),
                creating("transfers", "create_transfers", "Book transfers, each with its own result.", "NewTransfers")
                        .to(call -> create(
                                call,
                                Operation.LEDGER_TRANSFERS,
                                LedgerJson::transfers,
                                code -> CreateTransferStatus.ofCode(code).text())),
                finding("accounts", "lookup_accounts", "Accounts").to(this::lookUpAccounts),
                finding("transfers", "lookup_transfers", "Transfers").to(this::lookUpTransfers));
    }

    private static Route.Builder creating(String what, String id, String summary, String schema) {
        return LedgerParameters.withTimeout(Route.post("/ledgers/{ledger_id}/" + what)
                        .by(Access.WRITE)
                        .named(id, LedgerParameters.TAG, summary)
                        .header("Thalweg-Session", Shape.uuid(), "A UUID of the client, for at-most-once.")
                        .header(
                                "Thalweg-Request",
                                Shape.sequence(),
                                "The request's number in its session, from 1; the same number again answers the same.")
                        .header("Accept", Shape.text(), "Chooses the form; JSON if missing."))
                .body(BODY_BYTES_MAX)
                .takes(MediaTypes.JSON, schema)
                .takes(MediaTypes.NDJSON, null)
                .takes(MediaTypes.RECORDS, null)
                .answers(200, "One result for each element, in order; some may have failed.", "CreateResults")
                .answers(
                        200,
                        "One result for each element, in order; some may have failed.",
                        MediaTypes.NDJSON,
                        "CreateResult")
                .answers(200, "One result for each element, in order; some may have failed.", MediaTypes.RECORDS, null)
                .refuses(
                        409,
                        "The session is not known any more, or the request's number is an old one, or it was another"
                                + " request: another route or body.")
                .refuses(415, "Content-Type is no form of a batch.")
                .refuses(503, "The node is overloaded or has no leader; nothing was booked.")
                .refuses(504, "outcome_unknown: it may or may not have been booked, or may still be.");
    }

    private static Route.Builder finding(String what, String id, String schema) {
        return LedgerParameters.withTimeout(Route.post("/ledgers/{ledger_id}/" + what + "/lookup")
                        .named(id, LedgerParameters.TAG, "Find " + what + " by id; what is missing is left out.")
                        .header("Accept", Shape.text(), "Chooses the form; JSON if missing."))
                .body(BODY_BYTES_MAX)
                .takes(MediaTypes.JSON, "Lookup")
                .takes(MediaTypes.RECORDS, null)
                .answers(200, "Those that exist, in the order asked for.", schema)
                .answers(200, "Those that exist, in the order asked for.", MediaTypes.NDJSON, null)
                .answers(200, "Those that exist, in the order asked for.", MediaTypes.RECORDS, null)
                .refuses(415, "Content-Type is no form of a batch.")
                .refuses(503, "The node has no leader.")
                .refuses(504, "No answer in time.");
    }

    private void create(
            Call call, Operation operation, Function<byte[], ByteBuffer> parser, IntFunction<String> status) {
        Attempt attempt = attempt(call);
        Duration timeout = LedgerParameters.timeout(call);
        ByteBuffer events = body(call, LedgerRequest.EVENT_BYTES, parser);
        if (!events.hasRemaining()) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the body has no elements");
        }
        boolean full = !shards.hasRoom(call.tenant(), events.remaining());
        LedgerReply.Batch results =
                ledgers.create(call.tenantId(), call.ledger(), operation, events, attempt, full, timeout);
        if (results.events() != events.remaining() / LedgerRequest.EVENT_BYTES) {
            throw new ThalwegException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "request " + attempt.number() + " of its session had " + results.events() + " elements");
        }
        switch (call.accepts(MediaTypes.JSON, MediaTypes.NDJSON, MediaTypes.RECORDS)) {
            case MediaTypes.RECORDS -> {
                ByteBuffer dense = ByteBuffer.allocate(results.events() * LedgerReply.DENSE_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
                results.putDense(dense);
                call.reply(200, MediaTypes.RECORDS, dense.array());
            }
            case MediaTypes.NDJSON -> {
                ByteSink out = new ByteSink(64 * results.events() + 64);
                results.forEach((_, code, timestamp) -> {
                    result(code, timestamp, status, out);
                    out.u8('\n');
                });
                call.reply(200, MediaTypes.NDJSON, out.toByteArray());
            }
            default -> {
                ByteSink out = new ByteSink(64 * results.events() + 64);
                out.ascii("{\"results\":[");
                results.forEach((index, code, timestamp) -> {
                    if (index > 0) {
                        out.u8(',');
                    }
                    result(code, timestamp, status, out);
                });
                call.reply(200, MediaTypes.JSON, out.ascii("]}").toByteArray());
            }
        }
    }

    private static void result(int code, long timestamp, IntFunction<String> status, ByteSink out) {
        String text = code == CreateStatus.CREATED_CODE ? "created" : status.apply(code);
        out.ascii("{\"status\":\"").ascii(text).ascii("\",\"timestamp\":\"").number(timestamp);
        out.ascii("\"}");
    }

    /** Both headers or none. */
    private static Attempt attempt(Call call) {
        String session = call.text(HeaderWords.SESSION);
        String number = call.text(HeaderWords.REQUEST);
        if (session == null && number == null) {
            return Attempt.SINGLE;
        }
        if (session == null || number == null) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "the headers Thalweg-Session and Thalweg-Request go together");
        }
        UUID id = Ids.parse(session.strip(), UUID::fromString)
                .filter(found -> !found.equals(Attempt.SINGLE.session()))
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "the header Thalweg-Session is '" + Numbers.shorten(session) + "', expected a UUID, not zero"));
        return new Attempt(id, Numbers.parse("the header Thalweg-Request", number.strip(), 1, Long.MAX_VALUE));
    }

    private void lookUpAccounts(Call call) throws InterruptedException {
        ByteBuffer ids = ids(call);
        ByteBuffer rows = ledgers.read(
                call.tenantId(),
                call.ledger(),
                ledger -> {
                    ByteBuffer out = Rows.buffer(ids.remaining() / ID_BYTES, AccountLayout.BYTES);
                    ledger.lookupAccounts(ids, out);
                    return out.flip();
                },
                LedgerParameters.timeout(call));
        RowReply.send(meter, call, "accounts", rows, AccountLayout.BYTES, LedgerJson::account, null);
    }

    /** In pieces, since transfers may have to be read from the disk, and all as of the moment of the first. */
    private void lookUpTransfers(Call call) throws InterruptedException {
        ByteBuffer ids = ids(call);
        ByteBuffer rows = Rows.buffer(ids.remaining() / ID_BYTES, TransferLayout.BYTES);
        long moment = -1;
        long endNs = System.nanoTime() + LedgerParameters.timeout(call).toNanos();
        int from = ids.position();
        do {
            int bytes = Math.min(PIECE * ID_BYTES, ids.limit() - from);
            ByteBuffer piece = ids.slice(from, bytes).order(ids.order());
            long before = moment;
            moment = ledgers.read(
                    call.tenantId(),
                    call.ledger(),
                    ledger -> {
                        long below = before < 0 ? ledger.moment().transfers() : before;
                        ledger.lookupTransfers(piece, below, rows);
                        return below;
                    },
                    Duration.ofNanos(Math.max(1, endNs - System.nanoTime())));
            from += bytes;
        } while (from < ids.limit());
        RowReply.send(meter, call, "transfers", rows.flip(), TransferLayout.BYTES, LedgerJson::transfer, null);
    }

    private static ByteBuffer ids(Call call) {
        ByteBuffer ids = body(call, ID_BYTES, LedgerJson::ids);
        RowReply.reserve(call, ids.remaining() / ID_BYTES);
        return ids;
    }

    /** The body as elements of a fixed size, whichever form it came in. What curl sends unless told otherwise is read as JSON. */
    private static ByteBuffer body(Call call, int elementBytes, Function<byte[], ByteBuffer> parser) {
        String essence = MediaTypes.essence(call.contentType());
        if (essence.equals(MediaTypes.RECORDS)) {
            byte[] body = call.body(LedgerRequest.EVENTS_MAX * elementBytes);
            if (body.length % elementBytes != 0) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "the body has " + body.length + " bytes, which are no whole elements of " + elementBytes);
            }
            return ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        }
        if (!essence.isEmpty()
                && !essence.equals(MediaTypes.JSON)
                && !MediaTypes.isNdJson(essence)
                && !MediaTypes.isForm(essence)) {
            throw new ThalwegException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type is " + Numbers.shorten(essence) + ", expected " + MediaTypes.JSON + ", "
                            + MediaTypes.NDJSON + " or " + MediaTypes.RECORDS);
        }
        return parser.apply(call.body(BODY_BYTES_MAX));
    }
}
