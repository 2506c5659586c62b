-- Invoices and credit memos.

create table `{prefix}sales_invoice` (
  `entity_id` int unsigned not null auto_increment, `store_id` smallint unsigned, `base_grand_total` decimal(20,4),
  `shipping_tax_amount` decimal(20,4), `tax_amount` decimal(20,4), `base_tax_amount` decimal(20,4),
  `store_to_order_rate` decimal(20,4), `base_shipping_tax_amount` decimal(20,4),
  `base_discount_amount` decimal(20,4), `base_to_order_rate` decimal(20,4), `grand_total` decimal(20,4),
  `shipping_amount` decimal(20,4), `subtotal_incl_tax` decimal(20,4), `base_subtotal_incl_tax` decimal(20,4),
  `store_to_base_rate` decimal(20,4), `base_shipping_amount` decimal(20,4), `total_qty` decimal(12,4),
  `base_to_global_rate` decimal(20,4), `subtotal` decimal(20,4), `base_subtotal` decimal(20,4),
  `discount_amount` decimal(20,4), `billing_address_id` int, `is_used_for_refund` smallint unsigned,
  `order_id` int unsigned not null, `email_sent` smallint, `send_email` smallint unsigned,
  `can_void_flag` smallint unsigned, `state` int, `shipping_address_id` int, `store_currency_code` varchar(3),
  `transaction_id` varchar(255), `order_currency_code` varchar(3), `base_currency_code` varchar(3),
  `global_currency_code` varchar(3), `increment_id` varchar(50),
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp,
  `discount_tax_compensation_amount` decimal(20,4), `base_discount_tax_compensation_amount` decimal(20,4),
  `shipping_discount_tax_compensation_amount` decimal(20,4),
  `base_shipping_discount_tax_compensation_amnt` decimal(20,4), `shipping_incl_tax` decimal(20,4),
  `base_shipping_incl_tax` decimal(20,4), `base_total_refunded` decimal(20,4), `discount_description` varchar(255),
  `customer_note` text, `customer_note_notify` smallint unsigned,
  primary key (`entity_id`),
  unique key (`increment_id`, `store_id`),
  foreign key (`order_id`) references `{prefix}sales_order` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete set null
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}sales_invoice_item` (
  `entity_id` int unsigned not null auto_increment, `parent_id` int unsigned not null, `base_price` decimal(20,4),
  `tax_amount` decimal(20,4), `base_row_total` decimal(20,4), `discount_amount` decimal(20,4),
  `row_total` decimal(20,4), `base_discount_amount` decimal(20,4), `price_incl_tax` decimal(20,4),
  `base_tax_amount` decimal(20,4), `base_price_incl_tax` decimal(20,4), `qty` decimal(12,4),
  `base_cost` decimal(20,4), `price` decimal(20,4), `base_row_total_incl_tax` decimal(20,4),
  `row_total_incl_tax` decimal(20,4), `product_id` int, `order_item_id` int, `additional_data` text,
  `description` text, `sku` varchar(255), `name` varchar(255), `discount_tax_compensation_amount` decimal(20,4),
  `base_discount_tax_compensation_amount` decimal(20,4), `tax_ratio` text, `weee_tax_applied` text,
  `weee_tax_applied_amount` decimal(12,4), `weee_tax_applied_row_amount` decimal(12,4),
  `weee_tax_disposition` decimal(12,4), `weee_tax_row_disposition` decimal(12,4),
  `base_weee_tax_applied_amount` decimal(12,4), `base_weee_tax_applied_row_amnt` decimal(12,4),
  `base_weee_tax_disposition` decimal(12,4), `base_weee_tax_row_disposition` decimal(12,4),
  primary key (`entity_id`),
  foreign key (`parent_id`) references `{prefix}sales_invoice` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}sales_creditmemo` (
  `entity_id` int unsigned not null auto_increment, `store_id` smallint unsigned,
  `adjustment_positive` decimal(20,4), `base_shipping_tax_amount` decimal(20,4), `store_to_order_rate` decimal(20,4),
  `base_discount_amount` decimal(20,4), `base_to_order_rate` decimal(20,4), `grand_total` decimal(20,4),
  `base_adjustment_negative` decimal(20,4), `base_subtotal_incl_tax` decimal(20,4), `shipping_amount` decimal(20,4),
  `subtotal_incl_tax` decimal(20,4), `adjustment_negative` decimal(20,4), `base_shipping_amount` decimal(20,4),
  `store_to_base_rate` decimal(20,4), `base_to_global_rate` decimal(20,4), `base_adjustment` decimal(20,4),
  `base_subtotal` decimal(20,4), `discount_amount` decimal(20,4), `subtotal` decimal(20,4),
  `adjustment` decimal(20,4), `base_grand_total` decimal(20,4), `base_adjustment_positive` decimal(20,4),
  `base_tax_amount` decimal(20,4), `shipping_tax_amount` decimal(20,4), `tax_amount` decimal(20,4),
  `order_id` int unsigned not null, `email_sent` smallint, `send_email` smallint unsigned, `creditmemo_status` int,
  `state` int, `shipping_address_id` int, `billing_address_id` int, `invoice_id` int,
  `store_currency_code` varchar(3), `order_currency_code` varchar(3), `base_currency_code` varchar(3),
  `global_currency_code` varchar(3), `transaction_id` varchar(255), `increment_id` varchar(50),
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp,
  `discount_tax_compensation_amount` decimal(20,4), `base_discount_tax_compensation_amount` decimal(20,4),
  `shipping_discount_tax_compensation_amount` decimal(20,4),
  `base_shipping_discount_tax_compensation_amnt` decimal(20,4), `shipping_incl_tax` decimal(20,4),
  `base_shipping_incl_tax` decimal(20,4), `discount_description` varchar(255), `customer_note` text,
  `customer_note_notify` smallint unsigned,
  primary key (`entity_id`),
  unique key (`increment_id`, `store_id`),
  foreign key (`order_id`) references `{prefix}sales_order` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete set null
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}sales_creditmemo_item` (
  `entity_id` int unsigned not null auto_increment, `parent_id` int unsigned not null, `base_price` decimal(20,4),
  `tax_amount` decimal(20,4), `base_row_total` decimal(20,4), `discount_amount` decimal(20,4),
  `row_total` decimal(20,4), `base_discount_amount` decimal(20,4), `price_incl_tax` decimal(20,4),
  `base_tax_amount` decimal(20,4), `base_price_incl_tax` decimal(20,4), `qty` decimal(12,4),
  `base_cost` decimal(20,4), `price` decimal(20,4), `base_row_total_incl_tax` decimal(20,4),
  `row_total_incl_tax` decimal(20,4), `product_id` int, `order_item_id` int, `additional_data` text,
  `description` text, `sku` varchar(255), `name` varchar(255), `discount_tax_compensation_amount` decimal(20,4),
  `base_discount_tax_compensation_amount` decimal(20,4), `tax_ratio` text, `weee_tax_applied` text,
  `weee_tax_applied_amount` decimal(12,4), `weee_tax_applied_row_amount` decimal(12,4),
  `weee_tax_disposition` decimal(12,4), `weee_tax_row_disposition` decimal(12,4),
  `base_weee_tax_applied_amount` decimal(12,4), `base_weee_tax_applied_row_amnt` decimal(12,4),
  `base_weee_tax_disposition` decimal(12,4), `base_weee_tax_row_disposition` decimal(12,4),
  primary key (`entity_id`),
  foreign key (`parent_id`) references `{prefix}sales_creditmemo` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;
