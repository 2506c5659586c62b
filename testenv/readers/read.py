"""Prints key and value of every record of a topic, as Confluent's JSON deserializer reads it."""
import json
import sys
import uuid

from confluent_kafka import Consumer, KafkaError, TopicPartition, OFFSET_BEGINNING
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

broker, registry, topic = sys.argv[1:]
read = JSONDeserializer(None, schema_registry_client=SchemaRegistryClient({"url": registry}))
consumer = Consumer({"bootstrap.servers": broker, "group.id": str(uuid.uuid4()), "enable.partition.eof": True, "enable.auto.commit": False})
partitions = consumer.list_topics(topic, 10).topics[topic].partitions
consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
left = len(partitions)
while left:
    message = consumer.poll(10)
    if message is None:
        sys.exit("the broker does not answer")
    if message.error():
        if message.error().code() != KafkaError._PARTITION_EOF:
            sys.exit(str(message.error()))
        left -= 1
        continue
    value = read(message.value(), SerializationContext(topic, MessageField.VALUE))
    print(message.key().decode(), json.dumps(value), sep="\t")
consumer.close()
