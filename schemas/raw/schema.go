// Package raw describes the raw topics for those who read them: a JSON Schema (2020-12) for each
// domain's, of the values of its records. It is made of the allow-list, so that a column which may
// leave is in it, and no other.
//
// A value is one of three things: a row change of one of the domain's tables in Debezium's
// envelope, a commit marker, or the begin or end of a snapshot. Null, which no schema speaks of, is
// a tombstone.
package raw

import (
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// object is a part of a schema; encoding/json sorts its keys.
type object = map[string]any

// Schema returns the JSON Schema of the values in a domain's raw topic, nil for an unknown domain.
func Schema(d change.Domain) []byte {
	tables := magento.InDomain(d)
	if len(tables) == 0 {
		return nil
	}
	defs := object{"key": key(tables), "source": source(), "transaction": transaction(), "commit": commit(), "snapshot": snapshot(d)}
	anyOf := []object{}
	for _, t := range tables {
		defs["row."+t.Name], defs[t.Name] = row(t), envelope(t)
		anyOf = append(anyOf, ref(t.Name))
	}
	text, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:mage2sage:raw:" + string(d) + ":1",
		"title": "Records of the raw topic of the domain " + string(d), "description": about,
		"type": "object", "anyOf": append(anyOf, ref("commit"), ref("snapshot")), "$defs": defs,
	}, "", "  ")
	if err != nil {
		panic(err) // maps of strings, numbers and lists
	}
	return append(text, '\n')
}

// about is what a reader has to know besides the value.
const about = "A value of null is a tombstone: compaction takes away what came before under the key, and the row is gone. " +
	"Headers of all records: pipeline, whose topics these are; version, <epoch>.<sequence>, of which the newer or equal one counts under one key. " +
	"Records of rows have the header root, such as order/7, whose hash is the partition. Control records have the header kind: " +
	"commit, snapshot_begin or snapshot_end. A row is true once the commit marker behind it is there. " +
	"Columns that an edition lacks are absent. Evolved by adding only: ignore the fields and tables that you do not know."

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// field is a schema with a description.
func field(words string, s object) object {
	s["description"] = words
	return s
}

// key is what the key of a row's record is; it is not part of the value.
func key(tables []magento.Table) object {
	names := []string{}
	for _, t := range tables {
		names = append(names, t.Name)
	}
	return field("the key of a row's record, as JSON; that of a control record is a text: commit, or snapshot_begin/<domain>", object{
		"type": "object", "required": []string{"table", "pk"},
		"properties": object{
			"table": field("the table, without the shop's prefix", object{"type": "string", "examples": names[:1]}),
			"pk":    field("the columns of the primary key with their values", object{"type": "object", "examples": []object{{tables[0].PK[0]: 7}}}),
		},
	})
}

// envelope is a row change of one table.
func envelope(t magento.Table) object {
	image := object{"anyOf": []object{{"type": "null"}, ref("row." + t.Name)}}
	return field("a change of a row: "+t.Describe(), object{
		"type": "object", "required": []string{"before", "after", "source", "op", "ts_ms", "transaction"},
		"properties": object{
			"before":      field("the row as it was; null where it was not there, or is read by a snapshot", image),
			"after":       field("the row as it is; null where it was deleted", object{"anyOf": image["anyOf"]}),
			"op":          field("c made, u changed, d deleted, r read by a snapshot", object{"enum": []string{"c", "u", "d", "r"}, "examples": []string{"u"}}),
			"ts_ms":       field("when capture wrote it, Unix milliseconds", integer(1769860800123)),
			"source":      object{"allOf": []object{ref("source"), {"properties": object{"table": object{"const": t.Name}}}}, "description": "where the change stood in the shop's log"},
			"transaction": field("the transaction that it is part of; null for rows of a snapshot", object{"anyOf": []object{{"type": "null"}, ref("transaction")}}),
		},
	})
}

// row is the columns of a table that leave.
func row(t magento.Table) object {
	properties, required := object{}, []string{}
	for _, c := range t.Describes() {
		properties[c.Name] = column(c)
		if !c.Null {
			required = append(required, c.Name)
		}
	}
	return field(t.Describe(), object{"type": "object", "required": required, "properties": properties})
}

// column is what stands in a column.
func column(c magento.Column) object {
	var s object
	switch c.Type {
	case magento.Integer:
		s = integer(exampleOf(c.Name))
	case magento.Decimal:
		s = object{"type": "string", "pattern": `^-?[0-9]+(\.[0-9]+)?$`, "examples": []string{"12.3400"}}
	case magento.Time:
		s = object{"type": "string", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?)?$`, "examples": []string{"2026-01-31T12:00:00Z"}}
		c.Words += "; with Z in UTC, else by the clock of the shop's database"
	default:
		s = object{"type": "string", "examples": []string{textOf(c.Name)}}
	}
	if c.Null {
		s["type"] = []any{s["type"], "null"}
	}
	return field(c.Words, s)
}

func integer(example int64) object {
	return object{"type": "integer", "examples": []int64{example}}
}

// source is where a change stood.
func source() object {
	text := func(words, example string) object {
		return field(words, object{"type": "string", "examples": []string{example}})
	}
	return object{
		"type": "object", "required": []string{"name", "db", "table", "server_id", "file", "pos", "row", "ts_ms", "snapshot"},
		"properties": object{
			"name":      text("the configured source", "shop"),
			"db":        text("the database", "magento"),
			"table":     text("the table, without the shop's prefix", "sales_order"),
			"server_id": field("the server whose log it is", integer(1)),
			"gtid":      text("the transaction, where the server has such ids", "0-1-42"),
			"file":      text("the file of the log", "binlog.000003"),
			"pos":       field("where the transaction's last whole event before the row ends", integer(4711)),
			"row":       field("the place of the row within its transaction, or within a chunk of a snapshot", integer(1)),
			"ts_ms":     field("when it was committed in the shop, Unix milliseconds, to the second", integer(1769860800000)),
			"snapshot":  field("whether a snapshot has read it", object{"enum": []string{"true", "false"}, "examples": []string{"false"}}),
		},
	}
}

func transaction() object {
	return object{
		"type": "object", "required": []string{"id", "total_order"},
		"properties": object{
			"id":          field("its GTID, or file:position where the server has none", object{"type": "string", "examples": []string{"0-1-42"}}),
			"total_order": field("the place of the row within it, from 1", integer(1)),
		},
	}
}

// version is a version within a control record.
func version(words string) object {
	return field(words+", <epoch>.<sequence>", object{"type": "string", "pattern": `^[0-9]+\.[0-9]+$`, "examples": []string{"1769860800123.42"}})
}

func commit() object {
	return field("a commit marker: a transaction, or a chunk of a snapshot, ends here in this partition", object{
		"type": "object", "required": []string{"version", "previous", "file", "pos", "ts_ms"},
		"properties": object{
			"version": version("of the transaction"),
			"previous": field("the version of the partition's marker before this one, empty for the first: one that you have not seen is missing",
				object{"type": "string", "pattern": `^([0-9]+\.[0-9]+)?$`, "examples": []string{"1769860800123.41"}}),
			"gtid":  field("the transaction, where the server has such ids", object{"type": "string", "examples": []string{"0-1-42"}}),
			"file":  field("the file of the log", object{"type": "string", "examples": []string{"binlog.000003"}}),
			"pos":   field("where the transaction ends in it", integer(4711)),
			"ts_ms": field("when it was committed in the shop, Unix milliseconds", integer(1769860800000)),
		},
	})
}

func snapshot(d change.Domain) object {
	return field("a snapshot begins or ends here: rows that are older than its beginning and not read again are gone after its end", object{
		"type": "object", "required": []string{"domain", "version", "begin"},
		"properties": object{
			"domain":  field("what is read", object{"const": string(d), "examples": []string{string(d)}}),
			"table":   field("the table that is read alone; absent where it is the whole domain", object{"type": "string", "examples": []string{magento.InDomain(d)[0].Name}}),
			"version": version("of this record"),
			"begin":   version("of the beginning"),
		},
	})
}

// Domains lists the domains that have a schema, for people.
func Domains() (all []string) {
	for _, d := range magento.Domains() {
		all = append(all, fmt.Sprint(d))
	}
	return all
}
