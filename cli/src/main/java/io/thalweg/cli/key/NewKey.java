package io.thalweg.cli.key;

import tools.jackson.databind.JsonNode;

/** What is said of a key whose secret is shown this once. */
final class NewKey {
    private NewKey() {}

    static String sentence(JsonNode key) {
        return "key " + key.path("name").asString() + "  "
                + key.path("api_key_id").asString() + "\n" + key.path("api_key").asString()
                + "\nKeep it safe: it is not shown again.";
    }
}
