package io.thalweg.server.form;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.List;

/** The flags of accounts and transfers by their names, which are those of the protocol; the name at place n is bit n. */
public final class LedgerFlags {
    public static final LedgerFlags ACCOUNT = new LedgerFlags(
            AccountLayout.FLAGS_ALL,
            "linked",
            "debits_must_not_exceed_credits",
            "credits_must_not_exceed_debits",
            "history",
            "imported",
            "closed");

    public static final LedgerFlags TRANSFER = new LedgerFlags(
            TransferLayout.FLAGS_ALL,
            "linked",
            "pending",
            "post_pending_transfer",
            "void_pending_transfer",
            "balancing_debit",
            "balancing_credit",
            "closing_debit",
            "closing_credit",
            "imported");

    private final List<String> names;

    private LedgerFlags(int all, String... names) {
        if (names.length != Integer.bitCount(all)) {
            throw new IllegalArgumentException("each flag has a name");
        }
        this.names = List.of(names);
    }

    public int bit(String name) {
        int place = names.indexOf(name);
        if (place < 0) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "there is no flag '" + Numbers.shorten(name) + "'; there are " + String.join(", ", names));
        }
        return 1 << place;
    }

    /** Writes the names as a JSON array; a bit without a name stands as its number. */
    public void write(int flags, ByteSink out) {
        out.u8('[');
        boolean first = true;
        for (int place = 0; place < Short.SIZE; place++) {
            if ((flags & (1 << place)) != 0) {
                if (!first) {
                    out.u8(',');
                }
                first = false;
                if (place < names.size()) {
                    out.u8('"').ascii(names.get(place)).u8('"');
                } else {
                    out.number(1 << place);
                }
            }
        }
        out.u8(']');
    }
}
