-- Products, what they are made of, and stock.

create table `{prefix}catalog_product_entity` (
  `entity_id` int unsigned not null auto_increment, `attribute_set_id` smallint unsigned not null default 0,
  `type_id` varchar(32) not null default 'simple', `sku` varchar(64) not null,
  `has_options` smallint not null default 0, `required_options` smallint unsigned not null default 0,
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp,
  primary key (`entity_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_entity_varchar` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `store_id` smallint unsigned not null default 0, `entity_id` int unsigned not null default 0, `value` varchar(255),
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`, `store_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_entity_int` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `store_id` smallint unsigned not null default 0, `entity_id` int unsigned not null default 0, `value` int,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`, `store_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_entity_decimal` (
  `value_id` int unsigned not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `store_id` smallint unsigned not null default 0, `entity_id` int unsigned not null default 0,
  `value` decimal(20,6),
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`, `store_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_entity_datetime` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `store_id` smallint unsigned not null default 0, `entity_id` int unsigned not null default 0, `value` datetime,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`, `store_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_entity_text` (
  `value_id` int not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `store_id` smallint unsigned not null default 0, `entity_id` int unsigned not null default 0, `value` mediumtext,
  primary key (`value_id`),
  unique key (`entity_id`, `attribute_id`, `store_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade,
  foreign key (`entity_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_website` (
  `product_id` int unsigned not null, `website_id` smallint unsigned not null,
  primary key (`product_id`, `website_id`),
  foreign key (`website_id`) references `{prefix}store_website` (`website_id`) on delete cascade,
  foreign key (`product_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_relation` (
  `parent_id` int unsigned not null, `child_id` int unsigned not null,
  primary key (`parent_id`, `child_id`),
  foreign key (`child_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`parent_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_super_link` (
  `link_id` int unsigned not null auto_increment, `product_id` int unsigned not null default 0,
  `parent_id` int unsigned not null default 0,
  primary key (`link_id`),
  unique key (`product_id`, `parent_id`),
  foreign key (`product_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`parent_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_link_type` (
  `link_type_id` smallint unsigned not null auto_increment, `code` varchar(32),
  primary key (`link_type_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_link` (
  `link_id` int unsigned not null auto_increment, `product_id` int unsigned not null default 0,
  `linked_product_id` int unsigned not null default 0, `link_type_id` smallint unsigned not null default 0,
  primary key (`link_id`),
  unique key (`link_type_id`, `product_id`, `linked_product_id`),
  foreign key (`product_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`link_type_id`) references `{prefix}catalog_product_link_type` (`link_type_id`) on delete cascade,
  foreign key (`linked_product_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_bundle_option` (
  `option_id` int unsigned not null auto_increment, `parent_id` int unsigned not null,
  `required` smallint unsigned not null default 0, `position` int unsigned not null default 0, `type` varchar(255),
  primary key (`option_id`),
  foreign key (`parent_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_product_bundle_selection` (
  `selection_id` int unsigned not null auto_increment, `option_id` int unsigned not null,
  `parent_product_id` int unsigned not null, `product_id` int unsigned not null,
  `position` int unsigned not null default 0, `is_default` smallint unsigned not null default 0,
  `selection_price_type` smallint unsigned not null default 0,
  `selection_price_value` decimal(12,4) not null default 0, `selection_qty` decimal(12,4),
  `selection_can_change_qty` smallint not null default 0,
  primary key (`selection_id`),
  foreign key (`option_id`) references `{prefix}catalog_product_bundle_option` (`option_id`) on delete cascade,
  foreign key (`product_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}cataloginventory_stock` (
  `stock_id` smallint unsigned not null auto_increment, `website_id` smallint unsigned not null,
  `stock_name` varchar(255),
  primary key (`stock_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}cataloginventory_stock_item` (
  `item_id` int unsigned not null auto_increment, `product_id` int unsigned not null default 0,
  `stock_id` smallint unsigned not null default 0, `qty` decimal(12,4), `min_qty` decimal(12,4) not null default 0,
  `use_config_min_qty` smallint unsigned not null default 1, `is_qty_decimal` smallint unsigned not null default 0,
  `backorders` smallint unsigned not null default 0, `use_config_backorders` smallint unsigned not null default 1,
  `min_sale_qty` decimal(12,4) not null default 1, `use_config_min_sale_qty` smallint unsigned not null default 1,
  `max_sale_qty` decimal(12,4) not null default 0, `use_config_max_sale_qty` smallint unsigned not null default 1,
  `is_in_stock` smallint unsigned not null default 0, `low_stock_date` timestamp null,
  `notify_stock_qty` decimal(12,4), `use_config_notify_stock_qty` smallint unsigned not null default 1,
  `manage_stock` smallint unsigned not null default 0,
  `use_config_manage_stock` smallint unsigned not null default 1,
  `stock_status_changed_auto` smallint unsigned not null default 0,
  `use_config_qty_increments` smallint unsigned not null default 1,
  `qty_increments` decimal(12,4) not null default 0,
  `use_config_enable_qty_inc` smallint unsigned not null default 1,
  `enable_qty_increments` smallint unsigned not null default 0,
  `is_decimal_divided` smallint unsigned not null default 0, `website_id` smallint unsigned not null default 0,
  primary key (`item_id`),
  unique key (`product_id`, `stock_id`),
  foreign key (`product_id`) references `{prefix}catalog_product_entity` (`entity_id`) on delete cascade,
  foreign key (`stock_id`) references `{prefix}cataloginventory_stock` (`stock_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}inventory_source` (
  `source_code` varchar(255) not null, `name` varchar(255) not null, `enabled` smallint unsigned not null default 1,
  `description` text, `latitude` decimal(8,6), `longitude` decimal(9,6), `country_id` varchar(2) not null,
  `region_id` int unsigned, `region` varchar(255), `city` varchar(255), `street` varchar(255),
  `postcode` varchar(255) not null, `contact_name` varchar(255), `email` varchar(255), `phone` varchar(255),
  `fax` varchar(255), `use_default_carrier_config` smallint unsigned not null default 1,
  `is_pickup_location_active` tinyint(1) not null default 0, `frontend_name` varchar(255) default '',
  `frontend_description` text,
  primary key (`source_code`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}inventory_source_item` (
  `source_item_id` int unsigned not null auto_increment, `source_code` varchar(255) not null,
  `sku` varchar(64) not null, `quantity` decimal(12,4) not null default 0,
  `status` smallint unsigned not null default 0,
  primary key (`source_item_id`),
  unique key (`source_code`, `sku`),
  foreign key (`source_code`) references `{prefix}inventory_source` (`source_code`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}inventory_stock` (
  `stock_id` int unsigned not null auto_increment, `name` varchar(255) not null,
  primary key (`stock_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}inventory_source_stock_link` (
  `link_id` int unsigned not null auto_increment, `stock_id` int unsigned not null,
  `source_code` varchar(255) not null, `priority` smallint unsigned not null,
  primary key (`link_id`),
  unique key (`stock_id`, `source_code`),
  foreign key (`stock_id`) references `{prefix}inventory_stock` (`stock_id`) on delete cascade,
  foreign key (`source_code`) references `{prefix}inventory_source` (`source_code`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}inventory_stock_sales_channel` (
  `type` varchar(64) not null, `code` varchar(64) not null, `stock_id` int unsigned not null,
  primary key (`type`, `code`),
  foreign key (`stock_id`) references `{prefix}inventory_stock` (`stock_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}inventory_reservation` (
  `reservation_id` int unsigned not null auto_increment, `stock_id` int unsigned not null,
  `sku` varchar(64) not null, `quantity` decimal(10,4) not null default 0, `metadata` varchar(255),
  primary key (`reservation_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;
