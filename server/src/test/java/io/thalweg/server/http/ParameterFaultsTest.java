package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the fuzzer over all operations found, each as a case of its own. */
class ParameterFaultsTest {
    @TempDir
    private Path data = Path.of("");

    @Test
    void anObjectIsNotWrittenByARequestThatIsRefusedForAParameter() throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            client.put("/topics/cats", "{}");
            assertThat(client.post("/topics/cats/objects?timeout=120001", "{}").status())
                    .isEqualTo(400);
            assertThat(client.get("/topics/cats/objects").json().get("objects")).isEmpty();
        }
    }

    @Test
    void aModelWithAMemberOfAnotherTypeIsRefused() throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            for (String model : new String[] {
                "{\"durability\":\"a\"}",
                "{\"durability\":{\"target_nines\":\"6\"}}",
                "{\"fields\":[]}",
                "{\"fields\":{\"n\":{\"type\":\"text\",\"indexed\":1}}}",
                "{\"relationships\":{\"owner\":7}}",
                "{\"history\":null}"
            }) {
                assertThat(client.put("/topics/cats", model).status()).as(model).isEqualTo(400);
            }
        }
    }

    @Test
    void changesOfAnotherTypeAreRefused() throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            client.put("/topics/cats", "{\"fields\":{\"tags\":{\"type\":\"text\",\"merge\":\"set\"}}}");
            for (String changes : new String[] {
                "{\"set\":[]}", "{\"unset\":{}}", "{\"insert\":{\"tags\":\"grey\"}}", "{\"relate\":{\"owner\":1}}"
            }) {
                assertThat(client.post("/topics/cats/objects", changes).status())
                        .as(changes)
                        .isEqualTo(400);
            }
        }
    }

    @Test
    void aTailLooksAtItsFirstSequenceAlsoWhereItGoesOn() throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String log = client.createLog("l");
            assertThat(client.get("/logs/" + log + "/tail?from=x", "Last-Event-ID", "0")
                            .status())
                    .isEqualTo(400);
        }
    }
}
