package shop

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// The tables of Magento Open Source 2.4.8 that the shop writes, columns in
// their order after a fresh installation. Secondary indexes that only speed up
// the admin's lists are left out.
//
//go:embed schema/*.sql
var schema embed.FS

// sequences are the document types that each store view numbers by itself.
var sequences = []string{"order", "invoice", "creditmemo"}

// Install makes the database, its tables and what a new shop holds. It refuses
// a database that exists.
func (s *Shop) Install(ctx context.Context) error {
	if err := s.createDatabase(ctx); err != nil {
		return err
	}
	statements, err := s.statements()
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("create tables: %w", err)
		}
	}
	if err := s.seedStores(ctx); err != nil {
		return err
	}
	if err := s.seedReference(ctx); err != nil {
		return err
	}
	return s.seedCatalogue(ctx)
}

func (s *Shop) createDatabase(ctx context.Context) error {
	config := s.dsn.Clone()
	config.DBName = ""
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.ExecContext(ctx, fmt.Sprintf("create database `%s` character set utf8mb4 collate utf8mb4_general_ci", s.options.Database))
	if refused := (*mysql.MySQLError)(nil); errors.As(err, &refused) && refused.Number == 1007 {
		return fmt.Errorf("database %s exists: %w", s.options.Database, ErrInstalled)
	}
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// ErrInstalled is returned by Install when the database is already there.
var ErrInstalled = errors.New("the shop is installed")

// statements are the tables in the order of their foreign keys, prefix filled in.
func (s *Shop) statements() ([]string, error) {
	files, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	var statements []string
	for _, file := range files {
		text, err := schema.ReadFile(file)
		if err != nil {
			return nil, err
		}
		filled := strings.ReplaceAll(string(text), "{prefix}", s.options.Prefix)
		for statement := range strings.SplitSeq(filled, ";\n") {
			if strings.TrimSpace(statement) != "" {
				statements = append(statements, statement)
			}
		}
	}
	for _, store := range stores {
		for _, kind := range sequences {
			statements = append(statements, fmt.Sprintf(
				"create table %s (`sequence_value` int unsigned not null auto_increment, primary key (`sequence_value`)) engine=InnoDB",
				s.table(fmt.Sprintf("sequence_%s_%d", kind, store.id))))
		}
	}
	return statements, nil
}
