package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code thalweg durability score} as a person or a script calls it. */
class DurabilityScoreTest {
    private static final String SERVER =
            "{\"domain\":\"global/dc1/r1\",\"lifetime_seconds\":94608000,\"silent_seconds\":0,\"error\":0}";

    @TempDir
    Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("score.json"), json);
        return Main.commandLine(new PrintWriter(out), new PrintWriter(err))
                .execute("durability", "score", "--json", file.toString());
    }

    @Test
    void threeServersInARackHaveTheNinesOfTheRack() throws IOException {
        String rate =
                "{\"path\":\"global/dc1/r1\",\"rate\":6.341958397e-9},{\"path\":\"global/dc1\",\"rate\":6.341958397e-10},"
                    + "{\"path\":\"global\",\"rate\":3.170979198e-12}";
        int exit = run("{\"horizon_seconds\":3600,\"beat\":{\"tau\":10,\"loss\":0.05},\"outage_rate\":1.6534391534e-6,"
                + "\"return_rate\":2.7777777778e-4,\"domains\":[" + rate + "],\"holders\":[" + SERVER + "," + SERVER
                + "," + SERVER + "]}");
        assertThat(err.toString()).isEmpty();
        assertThat(exit).isZero();
        JsonNode answer = Api.JSON.readTree(out.toString());
        assertThat(answer.path("loss").asDouble()).isCloseTo(2.512525519e-05, withinPercentage(1e-7));
        assertThat(answer.path("nines").asDouble()).isCloseTo(4.599890, withinPercentage(1e-4));
        assertThat(answer.path("annual_loss").asDouble()).isCloseTo(1.975615e-01, withinPercentage(1e-4));
        assertThat(answer.path("loss").decimalValue().precision()).isLessThanOrEqualTo(10);
    }

    @Test
    void nobodyHoldsNothingAndSoManyHoldItThatADoubleCannotSay() throws IOException {
        assertThat(run("{\"horizon_seconds\":3600,\"holders\":[]}")).isZero();
        assertThat(out.toString().strip()).isEqualTo("{\"loss\":1,\"nines\":0,\"annual_loss\":1}");
        out.getBuffer().setLength(0);
        String many = (SERVER + ",").repeat(200);
        assertThat(run("{\"horizon_seconds\":3600,\"holders\":[" + many.substring(0, many.length() - 1) + "]}"))
                .isZero();
        assertThat(Api.JSON.readTree(out.toString()).path("nines").asDouble()).isCloseTo(883.9, withinPercentage(0.1));
    }

    @Test
    void mistakesAreNamed() throws IOException {
        assertThat(run("{\"holders\":[]}")).isEqualTo(1);
        assertThat(err.toString()).contains("horizon_seconds = nothing, expected a number");
        run("{\"horizon_seconds\":1,\"holder\":[]}");
        assertThat(err.toString()).contains("the file has the field holder");
        run("{\"horizon_seconds\":1,\"holders\":[{\"lifetime_seconds\":-5}]}");
        assertThat(err.toString()).contains("the death rate is -0.2");
        run("{\"horizon_seconds\":\"x\",\"holders\":[]}");
        assertThat(err.toString()).contains("horizon_seconds = \"x\"");
    }
}
