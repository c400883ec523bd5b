/** Tests of the door for the ledger's wire protocol, with a client that may do what no real one does. */
@NullMarked
package io.thalweg.server.ledgerwire;

import org.jspecify.annotations.NullMarked;
