-- Customers and their address books. Value tables hold attributes that a shop added.

create table `{prefix}customer_entity` (
  `entity_id` int unsigned not null auto_increment, `website_id` smallint unsigned, `email` varchar(255),
  `group_id` smallint unsigned not null default 0, `increment_id` varchar(50),
  `store_id` smallint unsigned default 0, `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp,
  `is_active` smallint unsigned not null default 1, `disable_auto_group_change` smallint unsigned not null default 0,
  `created_in` varchar(255), `prefix` varchar(40), `firstname` varchar(255), `middlename` varchar(255),
  `lastname` varchar(255), `suffix` varchar(40), `dob` date, `password_hash` varchar(128), `rp_token` varchar(128),
  `rp_token_created_at` datetime, `default_billing` int unsigned, `default_shipping` int unsigned,
  `taxvat` varchar(50), `confirmation` varchar(64), `gender` smallint unsigned, `failures_num` smallint default 0,
  `first_failure` timestamp null, `lock_expires` timestamp null, `session_cutoff` timestamp null,
  primary key (`entity_id`),
  unique key (`email`, `website_id`),
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete set null,
  foreign key (`website_id`) references `{prefix}store_website` (`website_id`) on delete set null
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_entity_varchar` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` varchar(255),
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_entity_int` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` int not null default 0,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_entity_decimal` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` decimal(12,4) not null default 0,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_entity_datetime` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` datetime,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_entity_text` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` text not null,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_address_entity` (
  `entity_id` int unsigned not null auto_increment, `increment_id` varchar(50), `parent_id` int unsigned,
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp,
  `is_active` smallint unsigned not null default 1, `city` varchar(255) not null, `company` varchar(255),
  `country_id` varchar(255) not null, `fax` varchar(255), `firstname` varchar(255) not null,
  `lastname` varchar(255) not null, `middlename` varchar(255), `postcode` varchar(255), `prefix` varchar(40),
  `region` varchar(255), `region_id` int unsigned, `street` text not null, `suffix` varchar(40),
  `telephone` varchar(255) not null, `vat_id` varchar(255), `vat_is_valid` int unsigned,
  `vat_request_date` varchar(255), `vat_request_id` varchar(255), `vat_request_success` int unsigned,
  primary key (`entity_id`),
  foreign key (`parent_id`) references `{prefix}customer_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_address_entity_varchar` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` varchar(255),
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_address_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_address_entity_int` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` int not null default 0,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_address_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_address_entity_decimal` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` decimal(12,4) not null default 0,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_address_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_address_entity_datetime` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` datetime,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_address_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_address_entity_text` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `entity_id` int unsigned not null default 0, `value` text not null,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}customer_address_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;
