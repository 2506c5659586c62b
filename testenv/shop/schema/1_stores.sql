-- Websites, stores, store views, configuration and rates of exchange.

create table `{prefix}store_website` (
  `website_id` smallint unsigned not null auto_increment, `code` varchar(32), `name` varchar(64),
  `sort_order` smallint unsigned not null default 0, `default_group_id` smallint unsigned not null default 0,
  `is_default` smallint unsigned default 0,
  primary key (`website_id`),
  unique key (`code`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}store_group` (
  `group_id` smallint unsigned not null auto_increment, `website_id` smallint unsigned not null default 0,
  `name` varchar(255) not null, `root_category_id` int unsigned not null default 0,
  `default_store_id` smallint unsigned not null default 0, `code` varchar(32),
  primary key (`group_id`),
  unique key (`code`),
  foreign key (`website_id`) references `{prefix}store_website` (`website_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}store` (
  `store_id` smallint unsigned not null auto_increment, `code` varchar(32),
  `website_id` smallint unsigned not null default 0, `group_id` smallint unsigned not null default 0,
  `name` varchar(255) not null, `sort_order` smallint unsigned not null default 0,
  `is_active` smallint unsigned not null default 0,
  primary key (`store_id`),
  unique key (`code`),
  foreign key (`group_id`) references `{prefix}store_group` (`group_id`) on delete cascade,
  foreign key (`website_id`) references `{prefix}store_website` (`website_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}core_config_data` (
  `config_id` int unsigned not null auto_increment, `scope` varchar(8) not null default 'default',
  `scope_id` int not null default 0, `path` varchar(255) not null default 'general', `value` text,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp,
  primary key (`config_id`),
  unique key (`scope`, `scope_id`, `path`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}directory_currency_rate` (
  `currency_from` varchar(3) not null, `currency_to` varchar(3) not null, `rate` decimal(24,12) not null default 0,
  primary key (`currency_from`, `currency_to`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;
