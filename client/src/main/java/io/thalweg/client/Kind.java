package io.thalweg.client;

/** What a request creates. */
enum Kind {
    ACCOUNTS("accounts", AccountFlags.LINKED, AccountFlags.IMPORTED),
    TRANSFERS("transfers", TransferFlags.LINKED, TransferFlags.IMPORTED);

    final String path;
    final int linked;
    final int imported;

    Kind(String path, int linked, int imported) {
        this.path = path;
        this.linked = linked;
        this.imported = imported;
    }
}
