package io.thalweg.client.objects;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * An object as a slab knew it.
 *
 * @param fields by their names; one merged with {@code all} is a list when writers were concurrent
 * @param relationships the ids of objects by the relationships' names
 * @param head its youngest memos
 * @param deleted for ever
 */
public record ObjectState(
        String id,
        String topic,
        Map<String, JsonNode> fields,
        Map<String, String> relationships,
        List<String> head,
        boolean deleted) {
    public ObjectState {
        fields = Map.copyOf(fields);
        relationships = Map.copyOf(relationships);
        head = List.copyOf(head);
    }
}
