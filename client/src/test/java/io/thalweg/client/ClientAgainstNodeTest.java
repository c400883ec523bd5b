package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client and a real node: what the fake promises, the node keeps. */
@Timeout(120)
class ClientAgainstNodeTest {

    @Test
    void callersBookTogetherAndFindWhatTheyBooked(@TempDir Path data) throws Exception {
        try (DevNode node = DevNode.start(
                        NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false),
                        new HostPort("127.0.0.1", 0));
                LedgerClient client = LedgerClient.open(
                        LedgerClientOptions.of(URI.create(node.node().url()), node.apiKey(), "default"))) {
            U128 a = Ids.next();
            U128 b = Ids.next();
            assertThat(client.createAccounts(List.of(
                                    Account.of(a, 7, 1, AccountFlags.HISTORY),
                                    Account.of(b, 7, 1, AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS)
                                            .withUserData(U128.MAX, -1, -2)))
                            .join())
                    .allMatch(result -> result.status().equals("created"));

            List<CompletableFuture<List<CreateResult>>> calls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                calls.add(client.createTransfers(List.of(
                        Transfer.of(Ids.next(), a, b, U128.of(2), 7, 1).withFlags(TransferFlags.LINKED),
                        Transfer.of(Ids.next(), b, a, U128.of(1), 7, 1))));
            }
            calls.forEach(call -> assertThat(call.join())
                    .hasSize(2)
                    .allMatch(result -> result.status().equals("created")));
            // a chain that fails changes nothing, and says so in its own results only
            List<CreateResult> broken = client.createTransfers(List.of(
                            Transfer.of(Ids.next(), a, b, U128.of(5), 7, 1).withFlags(TransferFlags.LINKED),
                            Transfer.of(Ids.next(), b, a, U128.of(1_000_000), 7, 1)))
                    .join();
            assertThat(broken)
                    .extracting(CreateResult::status)
                    .containsExactly("linked_event_failed", "exceeds_credits");

            Transfer reserved = Transfer.of(Ids.next(), a, b, U128.of(9), 7, 1).pending(3600);
            assertThat(client.createTransfers(List.of(reserved, Transfer.post(Ids.next(), reserved.id(), U128.MAX)))
                            .join())
                    .allMatch(CreateResult::isThere);
            List<Account> accounts = client.lookUpAccounts(List.of(b, Ids.next(), a));
            assertThat(accounts).extracting(Account::id).containsExactly(b, a);
            assertThat(accounts.getFirst().creditsPosted()).isEqualTo(U128.of(1009));
            assertThat(accounts.getFirst().debitsPosted()).isEqualTo(U128.of(500));
            assertThat(accounts.getFirst().userData128()).isEqualTo(U128.MAX);
            assertThat(accounts.getFirst().userData64()).isEqualTo(-1);
            assertThat(accounts.getFirst().userData32()).isEqualTo(-2);
            Transfer found = client.lookUpTransfers(List.of(reserved.id())).getFirst();
            assertThat(found.timestamp()).isPositive();
            assertThat(found.timeout()).isEqualTo(3600);
            assertThat(found.amount()).isEqualTo(U128.of(9));
        }
    }
}
