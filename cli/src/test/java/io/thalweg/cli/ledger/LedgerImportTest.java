package io.thalweg.cli.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Csv;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

class LedgerImportTest {
    private final List<ArrayNode> sent = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    private LedgerImport run(String csv, boolean accounts, boolean keepTimestamps) throws Exception {
        LedgerImport work = new LedgerImport(
                new Csv(new BufferedReader(new StringReader(csv))),
                accounts,
                keepTimestamps,
                batch -> {
                    sent.add(batch);
                    ArrayNode results = Api.JSON.createArrayNode();
                    for (JsonNode row : batch) {
                        String status =
                                switch ((int) (Long.parseLong(row.path("id").asString()) % 10)) {
                                    case 8 -> "exists";
                                    case 9 -> "exceeds_credits";
                                    default -> "created";
                                };
                        results.addObject().put("status", status);
                    }
                    return results;
                },
                (line, status) -> failures.add(line + " " + status));
        while (work.step()) {
            // on
        }
        return work;
    }

    @Test
    void aChainIsNeverCutByTheEndOfABatch() throws Exception {
        StringBuilder csv = new StringBuilder("id,amount,flags\n");
        for (int i = 0; i < LedgerImport.BATCH - 2; i++) {
            csv.append("10,1,\n");
        }
        for (int i = 0; i < 5; i++) {
            csv.append("2").append(i).append("0,1,linked|pending\n");
        }
        csv.append("300,1,\n");
        assertThat(run(csv.toString(), false, false).created()).isEqualTo(LedgerImport.BATCH + 4);
        assertThat(sent).extracting(ArrayNode::size).containsExactly(LedgerImport.BATCH - 2, 6);
        assertThat(sent.getLast().get(0).path("id").asString()).isEqualTo("200");
        assertThat(sent.getLast().get(0).path("flags").get(1).asString()).isEqualTo("pending");
    }

    @Test
    void whatExistsCountsAsDoneAndWhatFailsIsToldWithItsLine() throws Exception {
        LedgerImport work = run("id,amount\n1,1\n\n8,1\n9,1\n", false, false);
        assertThat(List.of(work.created(), work.existed(), work.failed())).containsExactly(1L, 1L, 1L);
        assertThat(failures).containsExactly("5 exceeds_credits");
    }

    @Test
    void anExportOfAccountsIsImportedWithoutItsBalances() throws Exception {
        String csv = "id,ledger,code,flags,debits_posted,timestamp\n1,7,\"1\",history|closed,500,99\n";
        run(csv, true, false);
        assertThat(sent.getFirst().get(0).toString())
                .isEqualTo("{\"id\":\"1\",\"ledger\":\"7\",\"code\":\"1\",\"flags\":[\"history\"]}");
        run(csv, true, true);
        assertThat(sent.getLast().get(0).toString())
                .isEqualTo("{\"id\":\"1\",\"ledger\":\"7\",\"code\":\"1\",\"timestamp\":\"99\","
                        + "\"flags\":[\"history\",\"imported\"]}");
    }

    @Test
    void whatASpreadsheetWritesIsRead() throws Exception {
        byte[] text = "\ufeffid,amount\r\n1,1\r\n".getBytes(StandardCharsets.UTF_8);
        Csv csv = Csv.of(new ByteArrayInputStream(text));
        assertThat(csv.next()).containsExactly("id", "amount");
        assertThat(csv.next()).containsExactly("1", "1");
        assertThatThrownBy(() -> Csv.of(new ByteArrayInputStream(new byte[] {'i', 'd', (byte) 0xff, '\n'}))
                        .next())
                .isInstanceOf(CharacterCodingException.class);
    }

    @Test
    void aFileThatIsNoneIsRefusedWithItsLine() {
        assertThatThrownBy(() -> run("amount\n1\n", false, false)).hasMessageContaining("id");
        assertThatThrownBy(() -> run("id,amount\n1\n", false, false)).hasMessageContaining("line 2");
        assertThatThrownBy(() -> run("id,amount\n1,\"2\n", false, false)).hasMessageContaining("quote");
        assertThatThrownBy(() -> run("id,amount\n1,2\n", false, true)).hasMessageContaining("timestamp");
        assertThatThrownBy(() -> run("id,amount,id\n1,2,3\n", false, false)).hasMessageContaining("id twice");
    }
}
